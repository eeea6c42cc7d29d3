-- A delivery arrives. In one step: refuse a replayed signature, share the result of an earlier delivery of the
-- same message, or take a place in the user's line, and if nobody is before us open the session.
-- KEYS: seen, message, line, lease, rate, session, late
-- ARGV: digest, seen ttl (s), ticket, lease (ms), message ttl (s), first look (1 or 0), counted (1 or 0), lease prefix
local seen, message, line, lease, rate = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ticket, leases = ARGV[3], ARGV[8]

local earlier = redis.call('SET', seen, ARGV[1], 'NX', 'GET', 'EX', ARGV[2])
if earlier and earlier ~= ARGV[1] then return {'refused', 0, 0} end

local deliveries = redis.call('HINCRBY', message, 'deliveries', ARGV[6])
redis.call('EXPIRE', message, ARGV[5])
local state = redis.call('HMGET', message, 'owner', 'result')
local owner, result = state[1], state[2]
if result then return {'done', deliveries, 0, result} end
if owner and owner ~= ticket and redis.call('EXISTS', leases .. owner) == 1 then
  return {'running', deliveries, 0}
end

if owner ~= ticket then
  redis.call('HSET', message, 'owner', ticket)
  -- The process that had the message died: its place in the line is ours, so the order stays.
  local place = owner and redis.call('LPOS', line, owner)
  if place then redis.call('LSET', line, place, ticket) else redis.call('RPUSH', line, ticket) end
end
redis.call('EXPIRE', line, ARGV[5])
redis.call('SET', lease, '1', 'PX', ARGV[4])
local recent = 0
if ARGV[7] == '1' then
  recent = redis.call('INCR', rate)
  if recent == 1 then redis.call('EXPIRE', rate, 60) end
end
if not at_head(line, ticket, leases) then return {'wait', deliveries, recent} end
return {'turn', deliveries, recent, opened(KEYS[6], KEYS[7])}
