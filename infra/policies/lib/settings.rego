# The buckets of the settings files, and what rules say about them.
package lib

buckets := input.settings.buckets

# Looked at, and denied, in the settings.
in_settings(bucket) := {"file": bucket.file, "resource": bucket.bucket}

settings_denial(bucket, message) := {"file": bucket.file, "resource": bucket.bucket, "message": message}

# By a role that the issuer assumes: the bearer of a token needs no leave of the issuer's role.
signed_by_role contains bucket if {
	some bucket in buckets
	bucket.signingRole
	not bucket.signer
}

# The secrets that keep the access keys of users who sign.
secrets := {bucket.secret | some bucket in buckets; bucket.secret}

# What it takes to make the sessions of a role: to assume it, and to give them what the settings say that they bear.
session_actions(name) := {"sts:AssumeRole"} | tagging | identifying if {
	tagging := {"sts:TagSession" | some bucket in buckets_of(name); object.get(bucket, "sessionTag", "") != ""}
	identifying := {"sts:SetSourceIdentity" | some bucket in buckets_of(name); object.get(bucket, "sourceIdentity", "") != ""}
}

buckets_of(name) := {bucket |
	some bucket in signed_by_role
	role_of_arn(bucket.signingRole) == name
}

# What AssumeRole gives by default.
session_duration(bucket) := object.get(bucket, "sessionDuration", 3600)

# The names of the signing roles: those of the settings, and those of the template where no settings are given.
signing_roles := of_settings if count(signed_by_role) > 0

signing_roles := of_template if count(signed_by_role) == 0

of_settings := {role_of_arn(bucket.signingRole) | some bucket in signed_by_role}

of_template := {role_name(id) | some id in roles_for("signer")}
