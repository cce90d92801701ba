/// What a mail, a shell or a document did to a URL, and had to be undone to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Damage {
    /// It stands in quotes or brackets.
    Quotes,
    /// Words stand before or behind it.
    TextAround,
    /// All of it is percent-encoded, as when it is the parameter of another URL.
    EncodedWhole,
    /// Another server's link leads to it, such as a mail filter's.
    RewrittenLink,
    /// A line break, or white space where one was.
    LineBreak,
    /// A space that is not encoded in the path.
    SpaceInPath,
    /// `&amp;` for `&`.
    HtmlEscape,
    /// `\u0026` for `&`, or `\/` for `/`.
    JsonEscape,
    /// `\&` for `&`, `\?` for `?`, `\=` for `=`; in Windows' shell `^&` for `&`, and in its batch files `%%` for `%`.
    ShellEscape,
    /// `%!F(MISSING)` for `%2F`, as Go prints a format string whose verbs have no values.
    FormatString,
    /// `=3D` for `=`, as in a mail's source.
    QuotedPrintable,
    /// A character that looks like an ASCII one, or like none at all.
    LookAlike(char),
    /// A full stop or the like behind it.
    TrailingPunctuation(char),
    /// It ends in dots, as what was shortened does.
    Ellipsis,
}
