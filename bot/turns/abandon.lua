-- A message could not be handled (a store was away): give up the claim so that the next delivery tries again.
-- KEYS: message, line, lease   ARGV: ticket
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then redis.call('HDEL', KEYS[1], 'owner') end
redis.call('LREM', KEYS[2], 1, ARGV[1])
redis.call('DEL', KEYS[3])
return 'ok'
