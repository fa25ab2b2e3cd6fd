-- The load for wrk: the requests of a file, in turn; edits each with the version read last.
--
--   wrk ... -s bench/wrk.lua URL -- FILE
--
-- FILE holds a line for each request: METHOD, path, token and version, separated by tabs (a GET has
-- version 0). An edit's goal is taken out of the queue while its request is under way, so no two
-- connections edit the same one, and comes back with the version that the answer names.
-- What was seen is written as one line of JSON at the end.

local requests, queue, under_way = {}, {}, {}
local first, last, turn = 1, 0, 0
local threads = {}
failed, edits, said = 0, 0, ""

local function push(goal)
  last = last + 1
  queue[last] = goal
end

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = args[1]
  for line in io.lines(file) do
    local method, path, token, version = line:match("^(%S+)\t(%S+)\t(%S+)\t(%d+)$")
    local headers = { ["Authorization"] = "Bearer " .. token }
    if method == "GET" then
      table.insert(requests, wrk.format("GET", path, headers))
    else
      push({ path = path, token = token, version = version })
    end
  end
  if #requests == 0 then
    request, response = edit, edited
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function edit()
  local goal = queue[first]
  if not goal then -- answers were lost with their connections; wrk counts those
    wrk.thread:stop()
    return wrk.format("GET", "/livez")
  end
  queue[first] = nil
  first = first + 1
  edits = edits + 1
  under_way[goal.path:match("[%x-]+$")] = goal
  return wrk.format("PATCH", goal.path, {
    ["Authorization"] = "Bearer " .. goal.token,
    ["Content-Type"] = "application/json",
    ["If-Match"] = '"' .. goal.version .. '"',
  }, '{"title": "Edited for the ' .. edits .. 'th time"}')
end

function edited(status, _, body)
  local id, version = body:match('"id": ?"([%x-]+)"'), body:match('"version": ?(%d+)')
  local goal = id and under_way[id]
  if status == 200 and goal and version then
    under_way[id] = nil
    goal.version = version
    push(goal)
  else
    failed = failed + 1
    if said == "" then
      said = status .. " " .. body:gsub("[^%w ]", " "):sub(1, 300)
    end
    if failed > 8 then
      wrk.thread:stop()
    end
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  local not_edited, first_said = 0, ""
  for _, thread in ipairs(threads) do
    not_edited = not_edited + (thread:get("failed") or 0)
    first_said = thread:get("said") or ""
  end
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "status": %d, "connect": %d, '
      .. '"read": %d, "write": %d, "timeout": %d, "not_edited": %d, '
      .. '"said": "%s"}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout, not_edited, first_said))
end
