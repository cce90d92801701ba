use std::collections::HashMap;

use cedar_policy::{Policy, PolicyId, PolicySet, PolicySetError};

/// The policies, each under the name that its `@id` gives it. Cedar calls them `policy0` and so on, and so it does those that have no
/// name, or one that another has too.
///
/// # Errors
/// When two policies have one name after all, which does not happen.
pub fn under_their_names(policies: &PolicySet) -> Result<PolicySet, Box<PolicySetError>> {
    let mut named = HashMap::<&str, usize>::new();
    for name in policies.policies().filter_map(stated) {
        *named.entry(name).or_default() += 1;
    }
    let mut set = PolicySet::new();
    for policy in policies.policies() {
        let name = stated(policy).filter(|name| named.get(*name) == Some(&1)).map(PolicyId::new);
        let name = name.filter(|name| policies.policy(name).is_none());
        set.add(name.map_or_else(|| policy.clone(), |name| policy.new_id(name))).map_err(Box::new)?;
    }
    Ok(set)
}

/// What it calls itself. Cedar's own look for an annotation parses the name that it looks for.
pub fn stated(policy: &Policy) -> Option<&str> {
    policy.annotations().find(|(annotation, name)| *annotation == "id" && !name.is_empty()).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_its_own_name_where_it_is_alone_with_it() {
        let of = |names: &[&str]| {
            let policies = names.iter().map(|name| [name, " permit (principal, action, resource);"].concat());
            let text = policies.collect::<String>();
            let mut ids: Vec<_> = under_their_names(&text.parse().unwrap())
                .unwrap()
                .policies()
                .map(|policy| policy.id().to_string())
                .collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(of(&["@id(\"a\")", "@note(\"b\")", "@id(\"c d\")"]), ["a", "c d", "policy1"]);
        assert_eq!(of(&["@id(\"a\")", "@id(\"a\")", "@id(\"\")", "@id"]), ["policy0", "policy1", "policy2", "policy3"]);
        // Which is Cedar's name of another.
        assert_eq!(of(&["@id(\"policy1\")", "@id(\"b\")", ""]), ["b", "policy0", "policy2"]);
    }
}
