//! Scripts that a server runs, each as one step.

/// Reply of scripts to a leader that is not the leader any more.
pub const TAKEN_OVER: &str = "TAKENOVER";

/// Puts before a script that it does nothing for a machine that is not the leader any more.
macro_rules! as_leader {
    ($script:literal) => {
        concat!(
            "local now = redis.call('GET', KEYS[1])\n",
            "if now and now ~= ARGV[1] then return redis.error_reply('TAKENOVER leader') end",
            $script
        )
    };
}

/// Opens a round. Keys: leader, open, distribution, work, done. Arguments: token, round, is it open already,
/// distribution, its life, slices.
pub const PUBLISH: &str = as_leader!(
    r"
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
redis.call('XTRIM', KEYS[4], 'MAXLEN', 0)
if ARGV[3] == '0' then redis.call('XTRIM', KEYS[5], 'MAXLEN', 0) end
redis.call('SET', KEYS[2], ARGV[2])
for i = 7, #ARGV, 2 do
  redis.call('XADD', KEYS[4], '*', 'round', ARGV[6], 'first', ARGV[i], 'count', ARGV[i + 1])
end
return 1
"
);

/// Hands out slices again. Keys: leader, work. Arguments: token, round, slices.
pub const HAND_OUT: &str = as_leader!(
    r"
for i = 3, #ARGV, 2 do
  redis.call('XADD', KEYS[2], '*', 'round', ARGV[2], 'first', ARGV[i], 'count', ARGV[i + 1])
end
return 1
"
);

/// Writes a key as the leader. Keys: leader, key. Arguments: token, value.
pub const WRITE: &str = as_leader!(
    r"
return redis.call('SET', KEYS[2], ARGV[2])
"
);

/// Keeps the leader's place. Keys: leader. Arguments: token, life.
pub const STAY: &str = r"
local now = redis.call('GET', KEYS[1])
if not now then return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if now ~= ARGV[1] then return redis.error_reply('TAKENOVER leader') end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
";

/// Leaves the leader's place. Keys: leader. Arguments: token.
pub const LEAVE: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
";
