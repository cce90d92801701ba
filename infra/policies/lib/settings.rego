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
