"""The hand-written CPU path. Its only door is `door.prepare(model, mode)`; nothing here trains or answers by itself.

Beginnings that rows or prompts share, computed once, for every family: `prefix` (in training, forward and backward), `prefix_tree` (which
rows share which), `prefill` (prompts to be answered), `kv_cache`, and `logits`. `lanes` runs two pieces of work side by side.

Layers of the Llama family, for float32 on a CPU: `llama`, its `linear_group`, `attention` and `rmsnorm_rope`. `onednn_linear` computes
any family's linear layers. Only the door knows these; `self_check` lets it take them where they give what the library's layers give.
"""
