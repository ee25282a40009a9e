// serve: the fan-out for another program, in JSON lines: what `braid.llm` speaks with.
//
// In, first: one object of settings. Then a line a request: {"id", "prompt" | "messages", …} is a
// call, {"cancel": [id, …]} gives some up, {"id", "split" | "vote" | "stitch": {…}} is answered at
// once. Out: one line an answer, {"id", "delta"} before it for calls with "stream", and {"stopped"}
// once when no more calls can be made. Ends when its input does; calls in flight are given up then.
#pragma once

namespace braid::fanout {

// File descriptors; the exit status.
int serve(int in, int out);

}  // namespace braid::fanout
