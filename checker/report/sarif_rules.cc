// SPDX-License-Identifier: Apache-2.0
// The texts.
#include "checker/report/sarif_rules.h"

#include <array>

namespace heddle::report {
namespace {

constexpr std::array<Rule, 21> kRules{{
    {FindingKind::kDataRace, "DataRace", true,
     "Two threads access the same memory, one of them writes, and nothing orders the two accesses.",
     "A data race is undefined behaviour: the compiler may assume that there is none, and the "
     "processor may show the accesses to other threads in any order. Protect both accesses with "
     "the "
     "same lock, make the variable atomic, or publish it by a release store that the reader's "
     "acquire load reads before it touches the data. A relaxed flag orders nothing."},
    {FindingKind::kDeadlock, "Deadlock", true,
     "Threads wait for something that no thread can do any more.",
     "The cause is printed with the finding. A cycle: take the locks in one order everywhere, or "
     "all at once with std::scoped_lock. A thread that waits for itself: do not lock a mutex again "
     "that the thread holds. A lost wake-up: change the condition under the mutex, notify after "
     "that, and wait with a predicate. A missing signal, barrier or join: follow the thread that "
     "should have come."},
    {FindingKind::kSpin, "EndlessSpin", true,
     "A thread spins for ever on a value that nobody will change.",
     "The loop reads the newest value again and again, and all threads that could change it have "
     "ended or wait. Look for the store that is missing on the path that this execution took, or "
     "for a value that was written back before the spinning thread saw it."},
    {FindingKind::kLivelock, "Livelock", true,
     "Threads keep running, but a fair scheduler can keep all of them from making progress.",
     "The steps marked in the execution can be repeated for ever. Give the threads an order, for "
     "example that of the addresses of what they lock, or let one of them wait instead of trying "
     "again."},
    {FindingKind::kStarvation, "Starvation", true,
     "Some threads make progress for ever while another, which is ready to go on, never does.",
     "The steps marked in the execution can be repeated for ever without the thread's turn. Use a "
     "lock that serves threads in the order of their arrival, or bound the number of times that "
     "others may go first."},
    {FindingKind::kAssertion, "AssertionFailed", true,
     "An assertion fails in some execution of the program.",
     "The execution shows the schedule and the values which lead to the failure. Steps with a note "
     "\"not the newer\" read an old value that the memory model allows."},
    {FindingKind::kAbort, "Abort", true, "The program ends abnormally in some execution.",
     "abort, std::terminate or an exit status that counts as failure was reached. The output of "
     "the execution, if there is any, stands with the finding."},
    {FindingKind::kException, "UncaughtException", true,
     "An exception leaves a thread in some execution.",
     "An exception that nothing catches ends the program. If it came from the standard library, "
     "what the threads did to the object before is in the execution."},
    {FindingKind::kCrash, "Crash", true, "The program crashes in some execution.",
     "The last step of the thread that crashed shows where; pointers read shortly before tell "
     "why."},
    {FindingKind::kUseAfterFree, "UseAfterFree", true,
     "A thread uses memory that another has released, or may have.",
     "Nothing keeps the use before the release. Keep the object alive while threads use it: join "
     "them first, share it by std::shared_ptr, or reclaim memory by hazard pointers or epochs."},
    {FindingKind::kDoubleFree, "DoubleFree", true, "The same memory is released twice.",
     "Two threads believe that they own the block. Decide by one atomic exchange or under a lock "
     "which of them does."},
    {FindingKind::kBadFree, "BadFree", true, "Something is released that was never allocated.",
     "The pointer is not one that an allocation returned, or was allocated in another way."},
    {FindingKind::kLeak, "Leak", true, "Memory is left that nothing points to.",
     "When all threads had ended, neither globals nor thread-locals led to the block. In some "
     "execution nobody releases it."},
    {FindingKind::kLockMisuse, "LockMisuse", true, "A lock is used in a way that is not allowed.",
     "Unlocking a mutex that the thread does not hold, destroying one that is locked, waiting on a "
     "condition variable without its mutex and the like are undefined behaviour."},
    {FindingKind::kThreadLeak, "ThreadLeak", true, "A thread is neither joined nor detached.",
     "Join the thread on every path, exceptions included; std::jthread does."},
    {FindingKind::kNondeterminism, "Nondeterminism", false,
     "The program does something else although all threads and values are the same.",
     "Heddle replays executions, so what a program does may depend on nothing but schedule and "
     "values read. Something else is used here: files that change, addresses, another process, "
     "hardware. Keep it out of the test, or in heddle::outside."},
    {FindingKind::kStateOutlivesExecution, "StateOutlivesExecution", false,
     "The next execution would see what this one has left behind.",
     "Memory older than the exploration was written. Create what the test changes inside of its "
     "body, or do it on purpose in heddle::outside."},
    {FindingKind::kUnsupported, "Unsupported", false, "Heddle does not model what is called here.",
     "What the call does to other threads is not known, so nothing would be proved. Replace it in "
     "the test, or test the part around it."},
    {FindingKind::kUninstrumented, "Uninstrumented", false,
     "A thread ran no code that was compiled for exploring.",
     "Compile the code with -fsanitize=thread (heddle_add_executable or heddle-c++ do) and link it "
     "with Heddle; without that its memory accesses are not seen."},
    {FindingKind::kForeignThread, "ForeignThread", false,
     "A thread that Heddle does not control runs the program's code.",
     "It was started by a library behind Heddle's back. Use the library without threads of its own "
     "in the test."},
    {FindingKind::kNoVisibleOperation, "NoVisibleOperation", false,
     "A thread runs for long without any operation that Heddle can see.",
     "Either it waits in a call that really blocks, or it spins on a plain variable, which the "
     "compiler may read only once: such a flag must be atomic."},
}};

}  // namespace

std::span<const Rule> rules() { return kRules; }

}  // namespace heddle::report
