# What host an endpoint names.
package lib

# `https://HOST:PORT/PATH` without all but the host.
host(endpoint) := name if {
	authority := split(split(lower(endpoint), "://")[1], "/")[0]
	name := split(authority, ":")[0]
}

# Source: the `partitions.json` that the AWS SDKs share.
dns_suffixes := [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk", ".csp.hci.ic.gov"]

aws_host(name) if {
	some suffix in dns_suffixes
	endswith(name, suffix)
}

# `s3.eu-central-1` of `s3.eu-central-1.amazonaws.com`.
service_and_region(name) := trim_suffix(name, suffix) if {
	some suffix in dns_suffixes
	endswith(name, suffix)
}
