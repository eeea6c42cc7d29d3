-- Takes one message from a window that is open: first from the short one that a tap opened.
-- KEYS: window   ARGV: now (seconds)
local all = redis.call('HMGET', KEYS[1], 'event_until', 'event_left', 'message_until', 'message_left')
if not all[2] and not all[4] then return 'unknown' end
for i, name in ipairs({'event', 'message'}) do
  local till, left = all[2 * i - 1], all[2 * i]
  if till and tonumber(till) > tonumber(ARGV[1]) and tonumber(left) > 0 then
    redis.call('HINCRBY', KEYS[1], name .. '_left', -1)
    return name
  end
end
return 'closed'
