-- A broker by way of Neovim, over a connection of neovim-header.lua or neovim-line.lua, as FRAMING has it.
--
-- Written for Neovim 0.7.2; works with 0.11 as well. `vim.json.encode` writes numbers with 14 digits: the broker's have
-- no more.

local function same(what, expected, actual)
  if not vim.deep_equal(expected, actual) then
    error(what .. " is " .. vim.inspect(actual) .. ", not " .. vim.inspect(expected))
  end
end

local function wait_for(what, condition)
  if not vim.wait(60000, condition, 10) then error("never: " .. what) end
end

-- What was heard of each subscription: lines, and in the end the state. Events may be here before the answer that tells
-- the name of the subscription has been looked at.
local logs = setmetatable({}, {
  __index = function(logs, id)
    logs[id] = { lines = {} }
    return logs[id]
  end,
})

local function heard(method, params)
  local log = logs[params.subscriptionId]
  if method == "logs.event" then
    for _, event in ipairs(params.events) do
      if event.stream == "stdout" then table.insert(log.lines, event.text) end
    end
  elseif method == "logs.end" then
    log.state = params.state
  end
end

-- An editor would go on in the callback. This waits, so that the tests below can be read from top to bottom.
local function call(connection, method, params)
  local answered, problem, result
  connection.request(method, params, function(...)
    answered, problem, result = true, ...
  end)
  wait_for("answer to " .. method, function() return answered end)
  return result, problem
end

local function build(connection)
  local answer = call(connection, "build", { context = vim.env.QUICK, events = true })
  local log = logs[answer.subscriptionId]
  wait_for("end of the log", function() return log.state end)
  same("end of the log", "succeeded", log.state)
  same("lines", vim.fn.readfile(vim.env.QUICK .. "/lines"), log.lines)
  same("state", "succeeded", call(connection, "build.get", { buildId = answer.buildId }).state)
end

local function ask_for_nothing(connection)
  local _, problem = call(connection, "build.get", { buildId = "none" })
  same("error", { 1201, "BuildNotFound" }, { problem.code, problem.data.name })
end

local function cancel(connection)
  local answer = call(connection, "build", { context = vim.env.SLOW, events = true })
  local log = logs[answer.subscriptionId]
  wait_for("line", function() return #log.lines > 0 end)
  same("lines", { "sleeping" }, log.lines)
  same("outcome", "stopping", call(connection, "cancel", { buildId = answer.buildId }).outcome)
  wait_for("end of the log", function() return log.state end)
  same("end of the log", "cancelled", log.state)
  same("state", "cancelled", call(connection, "build.get", { buildId = answer.buildId }).state)
end

-- As Neovim takes its leave of language servers. This ends the connection, not the broker.
local function leave(connection)
  call(connection, "shutdown", {})
  connection.notify("exit", {})
  wait_for("end of the connection", connection.has_ended)
end

local function converse(framing, bridges)
  local directory = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h")
  local connect = dofile(directory .. "/neovim-" .. framing .. ".lua")
  for _, bridge in ipairs(bridges) do
    local connection = connect(heard, bridge)
    local answer = call(connection, "initialize", { client = { name = "neovim" } })
    same("framing", framing, answer.framing)
    ask_for_nothing(connection)
    leave(connection)
  end
  local connection = connect(heard, bridges[1])
  build(connection)
  cancel(connection)
  leave(connection)
end

local done, problem = pcall(converse, vim.env.FRAMING, {
  { "nc", "-U", vim.env.SWIFTDOCK_SOCKET },
  { "socat", "-", "UNIX-CONNECT:" .. vim.env.SWIFTDOCK_SOCKET },
})
if not done then
  io.stderr:write(problem, "\n")
  vim.cmd("cquit")
end
vim.cmd("quitall")
