"""What the app's terms mean, one sentence each: shown as help beside the term."""

HELP = {
    "retrieval": "Retrieval (RAG): passages of your documents are searched for each question and put into the prompt.",
    "fine-tuning": "Fine-tuning: the model's weights are trained further on your examples, here by a LoRA adapter.",
    "test rows": "Questions with known answers that no candidate was trained or chosen by; every candidate answered all of them.",
    "interval": "How far off the difference may be: of such intervals, made from other questions of this kind, 95 of 100 hold the truth.",
    "p": "p is how often a difference this large would come up by chance alone if the two were equal; Holm's adjustment accounts for there "
         "being several comparisons.",
    "right": "Right: the answer states an accepted answer, or declines where there is none.",
    "wrong": "Wrong: the answer claims something that is not right.",
    "declined": "Declined: the answer says that it is not known.",
    "month": "What this many questions a month cost to answer, with training spread over the year, by the prices of the experiment.",
    "seconds": "Time for one question asked alone, from question to answer: half of them took less. p95: 95 of 100 took less.",
    "candidate": "One way to answer the questions: a model with or without retrieval, with or without fine-tuning, or a baseline.",
    "upper bound": "Given the right passage by hand: how good answers could be if retrieval never missed. It cannot be chosen.",
    "margin": "The smallest difference you would act on.",
    "recall": "Recall: how often the right passage was among those found.",
}  # fmt: skip
