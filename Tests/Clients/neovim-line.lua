-- A connection by way of Neovim's own channels: line framing, and no other program.
--
-- A channel gives what came as a list of pieces, split at each LF: the first goes on with what was there before. A list
-- of one empty piece is the end of the connection.

-- connect(HEARD): HEARD gets the method and the params of each notification.
return function(heard)
  local line, callbacks, last_id, ended = "", {}, 0, false

  local function receive(message)
    if message.id == nil then
      heard(message.method, message.params)
    else
      local callback = callbacks[message.id]
      callbacks[message.id] = nil
      callback(message.error, message.result)
    end
  end

  local channel = vim.fn.sockconnect("pipe", vim.env.SWIFTDOCK_SOCKET, {
    on_data = function(_, pieces)
      ended = #pieces == 1 and pieces[1] == ""
      for index, piece in ipairs(pieces) do
        if index > 1 then
          receive(vim.json.decode(line))
          line = ""
        end
        line = line .. piece
      end
    end,
  })

  local function send(message)
    message.jsonrpc = "2.0"
    vim.fn.chansend(channel, vim.json.encode(message) .. "\n")
  end

  return {
    request = function(method, params, callback)
      last_id = last_id + 1
      callbacks[last_id] = callback
      send({ id = last_id, method = method, params = params })
    end,
    notify = function(method, params) send({ method = method, params = params }) end,
    has_ended = function() return ended end,
  }
end
