//! Just enough XML for answers: elements, and text that is always escaped.

use quick_xml::escape::escape;

/// An XML document in the making.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// A document with its declaration.
    #[must_use]
    pub fn document() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
    }

    /// An element that holds other elements.
    #[must_use]
    pub fn element(mut self, name: &str, content: impl FnOnce(Self) -> Self) -> Self {
        self.0.extend(["<", name, ">"]);
        let mut inner = content(self);
        inner.0.extend(["</", name, ">"]);
        inner
    }

    /// The root element, in a namespace.
    #[must_use]
    pub fn root(mut self, name: &str, namespace: &str, content: impl FnOnce(Self) -> Self) -> Self {
        self.0.extend(["<", name, " xmlns=\"", namespace, "\">"]);
        let mut inner = content(self);
        inner.0.extend(["</", name, ">"]);
        inner
    }

    /// An element that holds text.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.0.extend(["<", name, ">", &escape(text), "</", name, ">"]);
        self
    }

    /// A list, each item in a `member` element.
    #[must_use]
    pub fn members<T>(self, name: &str, items: impl IntoIterator<Item = T>, one: impl Fn(Self, T) -> Self) -> Self {
        self.element(name, |xml| items.into_iter().fold(xml, |xml, item| xml.element("member", |xml| one(xml, item))))
    }

    /// The text of the document.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_elements_are_closed() {
        let xml = Xml::default().element("a", |xml| xml.text("b", "<&>\"'"));
        assert_eq!(xml.finish(), "<a><b>&lt;&amp;&gt;&quot;&apos;</b></a>");
    }
}
