-- Shared by the scripts of this folder: whether a ticket stands at the head of its line.
-- A ticket whose lease has run out belongs to a process that died: it is taken out of the way.
local function at_head(line, ticket, leases)
  while true do
    local head = redis.call('LINDEX', line, 0)
    if not head then return false end
    if head == ticket then return true end
    if redis.call('EXISTS', leases .. head) == 1 then return false end
    redis.call('LPOP', line)
  end
end

-- What a message needs once it is its turn: the session's version and content, and what was answered too late.
local function opened(session, late)
  local stored = redis.call('HMGET', session, 'n', 'b')
  return {stored[1] or '0', stored[2] or '', redis.call('LRANGE', late, 0, -1)}
end
