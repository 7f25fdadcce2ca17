// SPDX-License-Identifier: Apache-2.0
// describe(): a state of a synchronisation object in a form that reports can use.
#include "checker/graph/sync_rules.h"
#include "checker/graph/sync_state.h"

namespace heddle::graph {
namespace {

std::vector<base::ThreadId> threads_of(std::uint64_t mask) {
  std::vector<base::ThreadId> threads;
  for (base::ThreadId thread = 0; thread < base::kMaxThreads; ++thread) {
    if (mask >> thread & 1) {
      threads.push_back(thread);
    }
  }
  return threads;
}

void describe_owner(const SyncWords& words, SyncDescription* text) {
  if (words.get(kOwnerWord) != 0) {
    text->owner = static_cast<base::ThreadId>(words.get(kOwnerWord) - 1);
  }
}

void describe_rwlock(const SyncWords& words, SyncDescription* text) {
  describe_owner(words, text);
  if (text->owner) {
    text->holders.push_back({*text->owner, 1, true});
  }
  for (base::ThreadId thread = 0; thread < base::kMaxThreads; ++thread) {
    const std::uint64_t depth = words.get(kReaderWords + thread / 8) >> (thread % 8 * 8) & 0xff;
    if (depth != 0) {
      text->holders.push_back({thread, static_cast<std::uint32_t>(depth), false});
    }
  }
}

void describe_words(const SyncWords& words, SyncDescription* text) {
  switch (text->kind) {
    case SyncKind::kMutex:
      describe_owner(words, text);
      if (text->owner) {
        const auto depth = static_cast<std::uint32_t>(words.get(kDepthWord));
        text->holders.push_back({*text->owner, depth, true});
      }
      break;
    case SyncKind::kReadWriteLock:
      describe_rwlock(words, text);
      break;
    case SyncKind::kCondition:
    case SyncKind::kFutex:
      text->waiters = threads_of(words.get(kWaitingWord));
      text->notified = threads_of(words.get(kNotifiedWord));
      text->notifications = words.size() > kTokenWords ? words.size() - kTokenWords : 0;
      break;
    case SyncKind::kBarrier:
      text->count = words.get(kBarrierCountWord);
      text->value = words.get(kBarrierArrivedWord);
      text->generation = words.get(kBarrierGenerationWord);
      break;
    case SyncKind::kSemaphore:
      text->value = words.get(kSemaphoreValueWord);
      break;
    case SyncKind::kOnce:
      describe_owner(words, text);
      text->value = words.get(kOnceDoneWord) != 0 ? 2 : text->owner ? 1 : 0;
      break;
    case SyncKind::kPipe:
      text->value = words.get(kPipeBytesWord);
      break;
    case SyncKind::kSignals:
    case SyncKind::kFiles:
    case SyncKind::kAny:
    case SyncKind::kNote:
    case SyncKind::kNone:
      break;
  }
}

}  // namespace

SyncDescription describe(SyncOp op, SyncState state) {
  SyncDescription text;
  text.kind = sync_kind(op);
  SyncWords words;
  if (load_state(text.kind, state, &words)) {
    text.destroyed = words.get(kDestroyedWord) != 0;
    describe_words(words, &text);
  }
  return text;
}

}  // namespace heddle::graph
