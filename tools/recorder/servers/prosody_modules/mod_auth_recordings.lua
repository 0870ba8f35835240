-- Accounts with a state: what starts with "shut" is disabled, "past" has credentials that expired, "lock" is locked for now.
-- Passwords are pw- and the name. Disabled is Prosody's own answer (util.sasl.plain); for the others its PLAIN has none,
-- so that the provider's handler gives it (RFC 6120 §6.5).
local new_sasl = require "util.sasl".new;

local REFUSALS = {
	past = { "credentials-expired", "The password has expired." };
	lock = { "temporary-auth-failure", "Too many failed attempts. Try again later." };
};

local provider = {};

function provider.test_password(username, password)
	if password == "pw-" .. username then return true; end
	return nil, "Invalid username or password";
end

function provider.user_exists() return true; end
function provider.get_password(username) return "pw-" .. username; end
function provider.set_password() return nil, "Not here"; end
function provider.create_user() return nil, "Not here"; end
function provider.delete_user() return nil, "Not here"; end

function provider.get_sasl_handler()
	local handler = new_sasl(module.host, {
		plain_test = function(_, username, password)
			return password == "pw-" .. username, username:sub(1, 4) ~= "shut";
		end;
	});
	local process = handler.process;
	function handler:process(message)
		local outcome, data, text = process(self, message);
		local refusal = outcome == "success" and REFUSALS[self.username:sub(1, 4)];
		if refusal then return "failure", refusal[1], refusal[2]; end
		return outcome, data, text;
	end
	return handler;
end

module:provides("auth", provider);
