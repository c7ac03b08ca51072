-- What wrk sends: the requests of a load, one after another and then over again, as the bench has written them to a file,
-- each with its length before it. It ends with one line of JSON.

local threads = {}
local texts = {}
-- Those of a thread are read by their names from outside.
asked = 0
unexpected = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local length = file:read("*n")
  while length do
    file:read(1)
    texts[#texts + 1] = file:read(length)
    length = file:read("*n")
  end
  file:close()
  -- To be told the status of each answer costs something, so it is asked for only where a refusal is expected.
  local expected = tonumber(args[2])
  if expected ~= 200 then
    function response(status)
      if status ~= expected and status ~= 200 then unexpected = unexpected + 1 end
    end
  end
end

function request()
  asked = asked + 1
  return texts[(asked - 1) % #texts + 1]
end

function done(summary, latency)
  local errors = summary.errors
  local thread = threads[1]
  io.write(string.format(
    '\n{"replies":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"asked":%d,"refused":%d,"unexpected":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    thread:get("asked"), errors.status, thread:get("unexpected"),
    errors.connect + errors.read + errors.write + errors.timeout))
end
