-- A message is done. In one step: save the session (compare and set), keep the result for WeChat's retries,
-- clear what was told late, and let the next message of the user go on.
-- KEYS: message, line, lease, session, late
-- ARGV: ticket, session version read, session ('' leaves it), session ttl (s), result, message ttl (s),
--       late answers told, late ttl (s)
local message, line, session, late = KEYS[1], KEYS[2], KEYS[4], KEYS[5]
local ticket = ARGV[1]

local state = redis.call('HMGET', message, 'owner', 'result', 'late')
if state[1] ~= ticket then return 'lost' end
if state[2] then return 'ok' end -- our own commit, sent twice because its answer was lost
if redis.call('LINDEX', line, 0) ~= ticket then return 'lost' end
if (redis.call('HGET', session, 'n') or '0') ~= ARGV[2] then return 'conflict' end

if ARGV[3] ~= '' then
  redis.call('HSET', session, 'n', tonumber(ARGV[2]) + 1, 'b', ARGV[3])
  redis.call('EXPIRE', session, ARGV[4])
end
redis.call('LTRIM', late, ARGV[7], -1)
if state[3] and ARGV[5] ~= '' then -- WeChat has stopped asking: the next reply will lead with it
  redis.call('RPUSH', late, ARGV[5])
  redis.call('EXPIRE', late, ARGV[8])
end
redis.call('HSET', message, 'result', ARGV[5])
redis.call('EXPIRE', message, ARGV[6])
redis.call('LREM', line, 1, ticket)
redis.call('DEL', KEYS[3])
return 'ok'
