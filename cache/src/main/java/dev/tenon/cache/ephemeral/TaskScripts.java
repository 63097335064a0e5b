package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;

/**
 * What Redis does with the tasks of one owner, each step atomic and by its own clock.
 *
 * <p>KEYS of all: the stream of what is due, whose entries hold identifiers; the sorted set of what
 * is due later, by that time; hashes by identifier of the tasks' bytes and of how often each was
 * tried; the sorted set of dead letters, by when they died; hashes of the last errors and of the
 * progress.
 *
 * <p>All keys of an owner expire together, with the longest of them. Each task that has bytes is in
 * the stream, or in one of the two sets; where Redis lost one of those, its tasks are due again.
 *
 * <p>All workers are one consumer of one group. Whose a task is, is told by its entry and the
 * number of the attempt: an entry that another took over has a higher one.
 */
final class TaskScripts {

  private static final String COMMON =
      """
      local stream, delayed, bodies, attempts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
      local dead, errors, progress = KEYS[5], KEYS[6], KEYS[7]
      local time = redis.call('time')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local function keep(millis)
        local longest = tonumber(millis)
        for _, key in ipairs(KEYS) do longest = math.max(longest, redis.call('pttl', key)) end
        for _, key in ipairs(KEYS) do redis.call('pexpire', key, longest) end
      end
      local function make_due(id)
        if redis.call('exists', stream) == 0 then
          redis.call('xgroup', 'create', stream, 'workers', '0', 'mkstream')
        end
        redis.call('xadd', stream, '*', 'id', id)
      end
      local function mend()
        local placed = redis.call('xlen', stream) + redis.call('zcard', delayed)
            + redis.call('zcard', dead)
        if redis.call('hlen', bodies) <= placed then return end
        local due = {}
        for _, entry in ipairs(redis.call('xrange', stream, '-', '+')) do due[entry[2][2]] = true end
        for _, id in ipairs(redis.call('hkeys', bodies)) do
          if not due[id] and not redis.call('zscore', delayed, id)
              and not redis.call('zscore', dead, id) then
            make_due(id)
          end
        end
        keep(1)
      end
      local function forget(id)
        redis.call('hdel', bodies, id)
        redis.call('hdel', attempts, id)
        redis.call('hdel', errors, id)
        redis.call('hdel', progress, id)
      end
      local function leave(entry)
        redis.call('xdel', stream, entry)
        return redis.call('xack', stream, 'workers', entry) == 1
      end
      local function bury(id, reason)
        redis.call('zadd', dead, now, id)
        redis.call('hset', errors, id, reason)
      end
      """;

  /**
   * ARGV: identifier, bytes, milliseconds until it is due, capacity, milliseconds for which all is
   * kept. Answers {@code {{1}}}, {@code {{0}}} where it was there already, {@code {{2}}} where
   * there is no room.
   */
  static final RedisScript ENQUEUE =
      script(
          "ENQUEUE",
          """
          if redis.call('hexists', bodies, ARGV[1]) == 1 then
            mend()
            return {{0}}
          end
          if redis.call('hlen', bodies) >= tonumber(ARGV[4]) then return {{2}} end
          redis.call('hset', bodies, ARGV[1], ARGV[2])
          local delay = tonumber(ARGV[3])
          if delay > 0 then
            redis.call('zadd', delayed, now + delay, ARGV[1])
          else
            make_due(ARGV[1])
          end
          keep(ARGV[5] + delay)
          return {{1}}
          """);

  /**
   * ARGV: how many, visibility timeout in milliseconds, most attempts, milliseconds for which all
   * is kept. Answers {@code {{{entry, identifier, attempt, bytes} …}}}.
   */
  static final RedisScript TAKE =
      script(
          "TAKE",
          """
          local due = redis.call('zrange', delayed, '-inf', now, 'byscore', 'limit', 0, 100)
          for _, id in ipairs(due) do
            redis.call('zrem', delayed, id)
            make_due(id)
          end
          mend()
          if redis.call('exists', stream) == 0 then return {{}} end
          local taken, wanted, seen = {}, tonumber(ARGV[1]), 0
          local function take(entries)
            for _, entry in ipairs(entries) do
              seen = seen + 1
              local id = entry[2][2]
              local body = redis.call('hget', bodies, id)
              local attempt = redis.call('hincrby', attempts, id, 1)
              if not body then
                leave(entry[1])
                forget(id)
              elseif attempt > tonumber(ARGV[3]) then
                leave(entry[1])
                bury(id, redis.call('hget', errors, id) or 'no worker said how an attempt ended')
              else
                taken[#taken + 1] = {entry[1], id, attempt, body}
              end
            end
          end
          local silent = {}
          for _, entry in ipairs(redis.call('xpending', stream, 'workers', 'idle', ARGV[2],
              '-', '+', wanted)) do
            silent[#silent + 1] = entry[1]
          end
          if #silent > 0 then
            take(redis.call('xclaim', stream, 'workers', 'worker', ARGV[2], unpack(silent)))
          end
          if #taken < wanted then
            local read = redis.call('xreadgroup', 'group', 'workers', 'worker',
                'count', wanted - #taken, 'streams', stream, '>')
            if read then take(read[1][2]) end
          end
          if seen > 0 then keep(ARGV[4]) end
          return {taken}
          """);

  private static final String OWN =
      """
      if redis.call('hget', attempts, ARGV[1]) ~= ARGV[3] then return {{0}} end
      """;

  /** ARGV: identifier, entry, attempt, milliseconds for which all is kept. Answers whether. */
  static final RedisScript END =
      script(
          "END",
          OWN
              + """
              if not leave(ARGV[2]) then return {{0}} end
              forget(ARGV[1])
              keep(ARGV[4])
              return {{1}}
              """);

  /**
   * ARGV: identifier, entry, attempt, milliseconds for which all is kept, milliseconds until the
   * next attempt or -1 for none, the error. Answers whether.
   */
  static final RedisScript FAIL =
      script(
          "FAIL",
          OWN
              + """
              if not leave(ARGV[2]) then return {{0}} end
              local pause = tonumber(ARGV[5])
              if pause < 0 then
                bury(ARGV[1], ARGV[6])
              else
                redis.call('zadd', delayed, now + pause, ARGV[1])
                redis.call('hset', errors, ARGV[1], ARGV[6])
              end
              keep(ARGV[4] + math.max(0, pause))
              return {{1}}
              """);

  /**
   * ARGV: identifier, entry, attempt, milliseconds for which all is kept, text. Answers whether.
   */
  static final RedisScript PROGRESS =
      script(
          "PROGRESS",
          OWN
              + """
              if #redis.call('xclaim', stream, 'workers', 'worker', 0, ARGV[2], 'justid') == 0 then
                return {{0}}
              end
              redis.call('hset', progress, ARGV[1], ARGV[5])
              keep(ARGV[4])
              return {{1}}
              """);

  /** ARGV: identifier. Answers {@code {{state, attempts, progress, error}}}, or {@code {{0}}}. */
  static final RedisScript STATUS =
      script(
          "STATUS",
          """
          if redis.call('hexists', bodies, ARGV[1]) == 0 then return {{0}} end
          mend()
          local state = 1
          if redis.call('zscore', delayed, ARGV[1]) then state = 2 end
          if redis.call('zscore', dead, ARGV[1]) then state = 3 end
          return {{state, tonumber(redis.call('hget', attempts, ARGV[1]) or 0),
              redis.call('hget', progress, ARGV[1]) or '', redis.call('hget', errors, ARGV[1]) or ''}}
          """);

  /** Answers {@code {{due or taken, delayed, dead}}}. */
  static final RedisScript LENGTH =
      script(
          "LENGTH",
          """
          return {{redis.call('xlen', stream), redis.call('zcard', delayed), redis.call('zcard', dead)}}
          """);

  /**
   * ARGV: how many. Answers {@code {{{identifier, milliseconds, attempts, error, bytes} …}}}, the
   * oldest first.
   */
  static final RedisScript DEAD =
      script(
          "DEAD",
          """
          local letters = {}
          local ids = redis.call('zrange', dead, 0, ARGV[1] - 1, 'withscores')
          for i = 1, #ids, 2 do
            letters[#letters + 1] = {ids[i], tonumber(ids[i + 1]),
                tonumber(redis.call('hget', attempts, ids[i]) or 0),
                redis.call('hget', errors, ids[i]) or '', redis.call('hget', bodies, ids[i]) or ''}
          end
          return {letters}
          """);

  /** ARGV: identifier, milliseconds for which all is kept. Answers whether it was dead. */
  static final RedisScript RETRY =
      script(
          "RETRY",
          """
          if redis.call('zrem', dead, ARGV[1]) == 0 then return {{0}} end
          redis.call('hdel', attempts, ARGV[1])
          make_due(ARGV[1])
          keep(ARGV[2])
          return {{1}}
          """);

  /** ARGV: identifier. Answers whether it was dead or delayed. */
  static final RedisScript DROP =
      script(
          "DROP",
          """
          if redis.call('zrem', dead, ARGV[1]) + redis.call('zrem', delayed, ARGV[1]) == 0 then
            return {{0}}
          end
          forget(ARGV[1])
          return {{1}}
          """);

  private TaskScripts() {}

  private static RedisScript script(String name, String text) {
    return RedisScript.of(name, COMMON + text);
  }
}
