-- The last delivery cannot wait longer: take the result if it has just come, else have it told at the next contact.
-- KEYS: message
local result = redis.call('HGET', KEYS[1], 'result')
if not result then redis.call('HSET', KEYS[1], 'late', '1') end
return result
