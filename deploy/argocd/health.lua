-- Health of InferenceEndpoint, InferenceAccount and ClusterInferenceAccount, by their conditions.
-- Argo CD runs this with Lua's base functions alone: no string, no math, no io.

local said = {}
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  said[condition.type] = condition
end
local ready, stalled = said.Ready, said.Stalled

if ready == nil then
  return {status = "Progressing", message = "Waiting for the operator"}
end
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "Pending deletion: " .. ready.message}
end
if ready.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "Waiting for the operator to see the latest change"}
end
if stalled ~= nil and stalled.status == "True" then
  -- mode: Observe, and nothing to observe.
  local absent = stalled.reason == "RemoteNotFound"
  return {status = absent and "Missing" or "Degraded", message = stalled.reason .. ": " .. stalled.message}
end
if ready.status == "True" then
  return {status = ready.reason == "Paused" and "Suspended" or "Healthy", message = ready.message}
end

-- Under way, or passing by itself; Unknown where the provider can't be read.
local unknown = ready.status == "Unknown"
return {status = unknown and "Unknown" or "Progressing", message = ready.reason .. ": " .. ready.message}
