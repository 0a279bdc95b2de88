local managed = obj.spec.mode ~= "Observe"
local paused = obj.spec.state == "paused"

return {
  ["pause"] = {["disabled"] = not managed or paused},
  ["resume"] = {["disabled"] = not managed or obj.spec.state == "running"},
  ["reconcile"] = {["disabled"] = false},
}
