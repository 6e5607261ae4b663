/** Keeps an entry unless a later call has left one, or a write has overtaken the read. KEYS: entry, drop. */
export const putScript = `
local kept = redis.call('GETRANGE', KEYS[1], 0, 14)
if kept ~= '' and tonumber(kept) > tonumber(ARGV[2]) then return 0 end
local dropped = redis.call('GET', KEYS[2])
if dropped and tonumber(dropped) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`;

/** Notes a write at a server; the latest counts, in whatever order they arrive. KEYS: drop. */
export const dropScript = `
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1`;
