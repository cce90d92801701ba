# The buckets of the settings files, and what rules say about them.
package lib

buckets := input.settings.buckets

# Looked at, and denied, in the settings.
in_settings(bucket) := {"file": bucket.file, "resource": bucket.bucket}

settings_denial(bucket, message) := {"file": bucket.file, "resource": bucket.bucket, "message": message}

signed_by_role contains bucket if {
	some bucket in buckets
	bucket.signingRole
}

# What AssumeRole gives by default.
session_duration(bucket) := object.get(bucket, "sessionDuration", 3600)

# The names of the signing roles: those of the settings, and those of the template where no settings are given.
signing_roles := of_settings if count(signed_by_role) > 0

signing_roles := of_template if count(signed_by_role) == 0

of_settings := {role_of_arn(bucket.signingRole) | some bucket in signed_by_role}

of_template := {role_name(id) | some id in roles_for("signer")}
