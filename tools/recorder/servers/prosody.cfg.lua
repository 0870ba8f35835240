-- Prosody for the recordings, on loopback. Its environment names FOLDER, PORT, C2S_PORT, SECURE, OFFLINE and INACTIVITY.
run_as_root = true
pidfile = ENV_FOLDER .. "/pid"
data_path = ENV_FOLDER .. "/data"
plugin_paths = { ENV_MODULES }
log = { warn = ENV_FOLDER .. "/log" }

interfaces = { "127.0.0.1" }
http_ports = { tonumber(ENV_PORT) }
http_interfaces = { "127.0.0.1" }
https_ports = {}
c2s_ports = { tonumber(ENV_C2S_PORT) }
c2s_direct_tls_ports = {}
s2s_ports = {}
http_default_host = "cc1.acme.test"

-- No TLS here: with SECURE=yes the WebSocket counts as secure all the same, so that PLAIN is offered.
consider_websocket_secure = ENV_SECURE == "yes"
consider_bosh_secure = ENV_SECURE == "yes"
c2s_require_encryption = false
allow_unencrypted_plain_auth = ENV_SECURE == "yes"
bosh_max_inactivity = tonumber(ENV_INACTIVITY)
c2s_stanza_size_limit = 65536

modules_enabled = { "saslauth", "roster", "presence", "message", "iq", "disco", "ping", "time", "websocket", "bosh", "smacks", "posix" }
modules_disabled = { "s2s", ENV_OFFLINE == "yes" and "s2s" or "offline" }
smacks_hibernation_time = 60
storage = "internal"
admins = { "backend@cc1.acme.test" }

VirtualHost "cc1.acme.test"
	authentication = "internal_plain"

-- Accounts that are shut or have run out.
VirtualHost "former.acme.test"
	authentication = "recordings"

Component "pubsub.cc1.acme.test" "pubsub"
