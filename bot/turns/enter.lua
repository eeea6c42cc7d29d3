-- Whether it is this ticket's turn now.
-- KEYS: line, session, late   ARGV: ticket, lease prefix
if at_head(KEYS[1], ARGV[1], ARGV[2]) then return {'turn', 0, 0, opened(KEYS[2], KEYS[3])} end
if redis.call('LPOS', KEYS[1], ARGV[1]) then return {'wait', 0, 0} end
return {'lost', 0, 0}
