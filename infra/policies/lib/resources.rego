# The resources of a template, and what rules say about them.
#
# Text that only a deployment tells is written as `Fn::Sub` writes it: a reference to a table is `${UrlTable}`, its ARN
# `${UrlTable.Arn}`. Parameters have their values, and conditions are decided.
package lib

resources[id] := resource if some id, resource in input.template.Resources

of_type(type) := {id | some id, resource in resources; resource.Type == type}

properties(id) := object.get(resources[id], "Properties", {})

property(id, path, default_value) := object.get(resources[id], array.concat(["Properties"], path), default_value)

ref(id) := sprintf("${%s}", [id])

arn(id) := sprintf("${%s.Arn}", [id])

# Policies and patterns may say a list, or its only element.
list(value) := value if is_array(value)

list(value) := [value] if not is_array(value)

# `presign:part` tells what something is for: which of the functions it is, or `signer` on a signing role.
part(id) := tag.Value if {
	some tag in property(id, ["Tags"], [])
	tag.Key == "presign:part"
}

# The functions of this project.
functions := {id | some id in of_type("AWS::Lambda::Function"); part(id)}

functions_for(job) := {id | some id in of_type("AWS::Lambda::Function"); part(id) == job}

roles_for(job) := {id | some id in of_type("AWS::IAM::Role"); part(id) == job}

# Looked at, and denied, in the template.
in_template(id) := {"resource": id}

denial(id, message) := {"resource": id, "message": message}
