// SPDX-License-Identifier: Apache-2.0
// A run that took place in a forked process: what it gave, as bytes, and how it is taken over.
//
// Tables that only grow must be the same in both, because the graph names threads, locations and
// wide values by their ids. All else that a run changes is gone with its process.
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/raw_finding_bytes.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {
namespace {

struct WideBytes {
  std::uint64_t words[2];
};

}  // namespace

Engine::TableSizes Engine::table_sizes() const {
  return {locations_.count(),    names_.size(),         bounds_hit_.size(), warnings_.size(),
          outside_calls_.size(), library_sites_.size(), wide_value_count()};
}

void Engine::tell_run(const TableSizes& before, base::ByteWriter* out) const {
  out->put(end_);
  out->put_each(findings_, 0, [&](const RawFinding& finding) { write_finding(finding, out); });
  out->put_each(outcome_, 0, [&](const OutcomeValue& value) {
    out->put(value.name);
    out->put(value.value);
  });
  out->put_all(to_promote_);
  out->put(wide_value_count() - before.wide_values);
  for (std::uint64_t id = before.wide_values; id < wide_value_count(); ++id) {
    WideBytes bytes{};
    wide_value_of(id, &bytes);
    out->put(bytes);
  }
  out->put(locations_.count() - before.locations);
  for (std::size_t id = before.locations; id < locations_.count(); ++id) {
    out->put(locations_.at(static_cast<base::LocationId>(id)));
  }
  out->put_each(names_, before.names, [&](const auto& name) {
    out->put(name.first);
    out->put(name.second);
  });
  out->put_all(bounds_hit_, before.bounds);
  out->put_all(warnings_, before.warnings);
  out->put_all(outside_calls_, before.outside_calls);
  const bool new_sites = library_sites_.size() != before.library_sites;
  out->put(new_sites ? library_sites_.size() : std::size_t{0});
  for (const auto& [site, is_spin] : library_sites_) {
    if (new_sites) {
      out->put(site);
      out->put(is_spin);
    }
  }
  out->put(threads_.size());
  for (const auto& thread : threads_) {
    out->put(thread->parked);
    out->put(thread->cursor);
    out->put(thread->spin_from);
  }
  out->put(uninstrumented_);
  out->put(library_spin_reduced_);
  out->put(process_state().foreign_site.load());
}

void Engine::take_run(base::ByteReader* in) {
  end_ = in->get<RunEnd>();
  findings_.clear();
  in->each([&] { findings_.push_back(read_finding(in)); });
  outcome_.clear();
  in->each([&] {
    std::string name = in->text();
    outcome_.push_back({std::move(name), in->text()});
  });
  to_promote_.clear();
  in->each([&] { to_promote_.push_back(in->get<PromotedLocation>()); });
  in->each([&] {
    const auto bytes = in->get<WideBytes>();
    intern_wide_value(&bytes);
  });
  in->each([&] { locations_.add(in->get<Locations::Location>()); });
  in->each([&] {
    const auto creator = in->get<base::ThreadId>();
    names_.emplace_back(creator, in->get<std::uint32_t>());
  });
  in->each([&] { bounds_hit_.push_back(in->text()); });
  in->each([&] { warnings_.push_back(in->text()); });
  in->each([&] { outside_calls_.push_back(in->get<OutsideCall>()); });
  in->each([&] {
    const auto site = in->get<std::uint64_t>();
    library_sites_[site] = in->get<bool>();
  });
  // What later runs need is made here once, not in each of their processes.
  const auto count = in->get<std::size_t>();
  while (threads_.size() < count) {
    threads_.push_back(std::make_unique<ModelThread>());
    threads_.back()->id = static_cast<base::ThreadId>(threads_.size() - 1);
    process_state().slots.prepare(threads_.back()->id);
  }
  // A recorded run gives threads up where this one did: ModelThread::end_run().
  for (std::size_t id = 0; id < count; ++id) {
    threads_[id]->parked = in->get<Parked>();
    threads_[id]->cursor = in->get<std::uint32_t>();
    threads_[id]->spin_from = in->get<std::uint32_t>();
  }
  uninstrumented_ = in->get<bool>() || uninstrumented_;
  library_spin_reduced_ = in->get<bool>() || library_spin_reduced_;
  if (const auto site = in->get<std::uintptr_t>(); site != 0) {
    process_state().foreign_site = site;
  }
}

}  // namespace heddle::runtime
