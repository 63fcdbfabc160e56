// Backward search: undo the last operations of the program that made the target, and meet the bank in the middle.
//
// A goal is a column that some sub-program must produce, with the steps that lead from it up to the target. A step undoes
// one operation: a unary one, or a binary one with an entry of the bank in the other place. Goals are expanded in order
// of the cost of the program around them (uniform-cost search); every goal is shown to the solver, which says how the
// bank can produce it.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "sagredo/bank.hpp"
#include "sagredo/column_store.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/parallel.hpp"
#include "sagredo/semantics.hpp"
#include "sagredo/solution.hpp"

namespace sagredo {

using GoalId = std::uint32_t;
inline constexpr GoalId no_goal = std::numeric_limits<GoalId>::max();

// What is undone as a factor ahead of its turn counts this part of its cost in the order of the goals.
inline constexpr std::uint32_t ahead = 3;

// goal = operation(new goal, other), or operation(other, new goal) when the new goal's position is 1.
struct Step {
  Operation operation;
  std::uint8_t position;
  EntryId other;
};

// How much work the solver may spend on a goal.
enum class Diligence : std::uint8_t {
  look_up,    // constant time: each of millions of goals
  regress,    // some microseconds: goals that are kept
  pair_up,    // some hundred microseconds: cheap goals
};

// A solver reports solutions to a visitor.
template <class Solver, class S>
concept SolverOf = requires(const Solver& solver, const Bank<S>& bank, const typename S::Scalar* goal,
                            Diligence diligence, std::vector<Solution<typename S::Scalar>>& solutions) {
  solver.solve(bank, goal, diligence, solutions);
  { solver.pair_work() } -> std::same_as<std::size_t>;  // of a pair_up, in work units
};

template <Semantics S, class Solver>
  requires SolverOf<Solver, S>
class Backward {
 public:
  using Scalar = typename S::Scalar;

  // A way to produce the target: steps from the target inwards, then the solution of the innermost goal.
  // `cost` is that of the steps, of the entries used and, roughly, of the solution's coefficients.
  struct Hit {
    std::vector<Step> steps;
    Solution<Scalar> solution;
    std::uint32_t cost;
  };

  // Binary operations are undone with the bank's first `entry_count` entries; the solver may know more of them.
  // `factors`, wherever they are in the bank, are undone as factors ahead of their turn.
  Backward(const Bank<S>& bank, const Solver& solver, const Scalar* target, std::size_t entry_count,
           std::size_t goal_capacity, std::uint32_t pair_cost, const std::vector<EntryId>& factors)
      : bank_(bank),
        solver_(solver),
        entry_count_(entry_count),
        goal_capacity_(goal_capacity),
        pair_cost_(pair_cost), columns_(bank.semantics().rows()) {
    for (const EntryId factor : factors) {
      const std::size_t level = bank.entry(factor).cost / ahead;
      if (factors_.size() <= level) factors_.resize(level + 1);
      factors_[level].push_back(factor);
    }
    for (const Production& production : bank.productions()) {
      if (arity(production.operation) == 1)
        unary_.push_back(production);
      else if (invertible(production.operation))
        binary_.push_back(production);
    }
    Found found;
    look(target, Diligence::look_up, no_goal, {}, 0, found);
    merge_hits(found);
    if (const GoalId root = store(target, {no_goal, {}, 0, 0, Route::direct}); root != no_goal) schedule(root);
  }

  bool exhausted() const { return queue_.empty(); }
  // Every goal that costs less than this has been seen, as long as the store of goals had room.
  std::uint32_t frontier_cost() const { return queue_.empty() ? last_cost_ : queue_.top().cost; }
  std::size_t goal_count() const { return goals_.size(); }

  // Show about `work_units` columns to the solver; the number shown. The cheapest hits, `most_hits` at the most, are
  // added to `hits`. Results do not depend on `threads`.
  std::size_t step(std::size_t work_units, std::size_t threads, std::size_t most_hits, std::vector<Hit>& hits) {
    std::size_t done = 0;
    std::vector<Task> tasks;
    std::vector<Found> found;
    while (done < work_units && !queue_.empty()) {
      tasks.clear();
      while (tasks.size() < batch && !queue_.empty()) {
        tasks.push_back(queue_.top());
        queue_.pop();
      }
      last_cost_ = tasks.back().cost;
      found.assign(tasks.size(), {});
      parallel_for(tasks.size(), threads, [&](std::size_t k) { work(tasks[k], found[k]); });
      for (std::size_t k = 0; k < tasks.size(); ++k) {
        done += found[k].work;
        merge_hits(found[k]);
        merge_goals(found[k]);
        follow(tasks[k]);
      }
      if (hits_.size() > 2 * most_hits) keep_cheapest(most_hits);
    }
    keep_cheapest(most_hits);
    hits.insert(hits.end(), std::make_move_iterator(hits_.begin()), std::make_move_iterator(hits_.end()));
    hits_.clear();
    return done;
  }

 private:
  static constexpr std::size_t batch = 32;
  // A coefficient takes an operation and a leaf; hits are only ranked by this.
  static constexpr std::uint32_t coefficient_cost = 16;
  // A goal's tasks: undo unary operations; search pairs; undo one binary operation with the bank's entries of one level,
  // showing the new goals to the solver (scan), or remembering them (expand), or both; the same with factors of a level.
  enum class Kind : std::uint8_t { unary, pairs, scan, expand, scan_and_expand, factors };

  // Whether binary operations have been undone on the way to a goal: none; a factor ahead of its turn; any.
  enum class Route : std::uint8_t { direct, factor, other };

  struct Goal {
    GoalId parent;
    Step step;
    std::uint32_t cost;
    std::uint32_t priority;  // the cost, factors that were undone ahead of their turn counting a part of theirs
    Route route;
  };

  struct Task {
    std::uint32_t cost;  // of the goals it makes; half of that of the other entry for a scan
    std::uint32_t order;  // of creation; decides among equals
    GoalId goal;
    Kind kind;
    std::uint8_t production = 0;
    std::uint8_t position = 0;
    std::uint32_t level = 0;

    bool operator<(const Task& other) const {  // std::priority_queue puts the largest on top
      return cost != other.cost ? cost > other.cost : order > other.order;
    }
  };

  // What one task found; merged in the order of the tasks.
  struct Found {
    std::size_t work = 0;
    std::vector<Hit> hits;
    std::vector<Goal> goals;
    std::vector<Scalar> columns;
  };

  static bool invertible(Operation operation) {
    return operation == Operation::add || operation == Operation::sub || operation == Operation::mul ||
           operation == Operation::div;
  }

  static bool scales(Operation operation) { return operation == Operation::mul || operation == Operation::div; }

  const Scalar* column(GoalId goal) const { return columns_[goal]; }

  std::vector<Step> steps_to(GoalId goal) const {
    std::vector<Step> steps;
    for (; goal != no_goal && goals_[goal].parent != no_goal; goal = goals_[goal].parent)
      steps.push_back(goals_[goal].step);
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  void look(const Scalar* goal, Diligence diligence, GoalId parent, Step step, std::uint32_t cost,
            Found& found) const {
    thread_local std::vector<Solution<Scalar>> solutions;
    solutions.clear();
    solver_.solve(bank_, goal, diligence, solutions);
    for (Solution<Scalar>& solution : solutions) {
      Hit hit{steps_to(parent), std::move(solution), cost};
      if (parent != no_goal) hit.steps.push_back(step);
      for (const Scalar coefficient : hit.solution.coefficients)
        if (coefficient != Scalar{0} && coefficient != Scalar{1}) hit.cost += coefficient_cost;
      if (hit.solution.first != no_entry) hit.cost += bank_.entry(hit.solution.first).cost;
      if (hit.solution.second != no_entry) hit.cost += bank_.entry(hit.solution.second).cost;
      found.hits.push_back(std::move(hit));
    }
  }

  void remember(const Scalar* values, const Goal& goal, Found& found) const {
    if (goals_.size() + found.goals.size() >= goal_capacity_) return;
    found.goals.push_back(goal);
    found.columns.insert(found.columns.end(), values, values + bank_.semantics().rows());
  }

  void work(const Task& task, Found& found) const {
    const S& semantics = bank_.semantics();
    const Scalar* goal = column(task.goal);
    const Goal& origin = goals_[task.goal];
    std::vector<Scalar> next(semantics.rows());
    if (task.kind == Kind::pairs) {
      found.work += solver_.pair_work();
      look(goal, Diligence::pair_up, origin.parent, origin.step, origin.cost, found);
      return;
    }
    if (task.kind == Kind::unary) {
      look(goal, Diligence::regress, origin.parent, origin.step, origin.cost, found);
      for (const Production& production : unary_) {
        if (!semantics.invert(production.operation, 0, goal, goal, next.data())) continue;
        const Step step{production.operation, 0, no_entry};
        const std::uint32_t cost = origin.cost + production.cost;
        const Route route = origin.route == Route::direct ? Route::direct : Route::other;
        ++found.work;
        look(next.data(), Diligence::look_up, task.goal, step, cost, found);
        remember(next.data(), {task.goal, step, cost, origin.priority + production.cost, route}, found);
      }
      return;
    }
    const Production& production = binary_[task.production];
    const bool factors = task.kind == Kind::factors;
    const std::uint32_t priority = origin.priority + production.cost + task.level;
    for (const EntryId other : entries(task.kind, task.level)) {
      if (other >= entry_count_ && !factors) continue;
      ++found.work;
      if (!semantics.invert(production.operation, task.position, goal, bank_.values(other), next.data())) continue;
      const Step step{production.operation, task.position, other};
      const std::uint32_t cost = origin.cost + production.cost + bank_.entry(other).cost;
      if (task.kind != Kind::expand) look(next.data(), Diligence::look_up, task.goal, step, cost, found);
      if (task.kind != Kind::scan)
        remember(next.data(), {task.goal, step, cost, priority, factors ? Route::factor : Route::other}, found);
    }
  }

  GoalId store(const Scalar* values, const Goal& goal) {
    if (goals_.size() >= goal_capacity_) return no_goal;
    const S& semantics = bank_.semantics();
    const std::uint64_t key = semantics.key(values);
    if (known_.find(key, [&](GoalId id) { return semantics.same(column(id), values); })) return no_goal;
    const auto id = static_cast<GoalId>(goals_.size());
    goals_.push_back(goal);
    columns_.push_back(values);
    known_.insert(key, id);
    return id;
  }

  void push(Task task) {
    task.order = next_order_++;
    queue_.push(task);
  }

  void schedule(GoalId goal) {
    const std::uint32_t priority = goals_[goal].priority;
    const bool direct = goals_[goal].route == Route::direct;
    push({priority, 0, goal, Kind::unary});
    // Few goals are direct or left by a factor: their sums are looked for well before their turn.
    const bool few = goals_[goal].route != Route::other;
    if (pair_cost_ != 0) push({priority + (few ? pair_cost_ / 4 : pair_cost_), 0, goal, Kind::pairs});
    for (std::size_t k = 0; k < binary_.size(); ++k)
      for (int position = 0; position < 2; ++position) {
        if (position == 1 && commutes(binary_[k].operation)) continue;
        Task task{0, 0, goal, Kind::scan_and_expand, static_cast<std::uint8_t>(k), static_cast<std::uint8_t>(position), 0};
        if (direct) {
          if (position == 0 && scales(binary_[k].operation)) {
            task.kind = Kind::factors;
            push_level(task, 0);
          }
          task.kind = Kind::scan;
          push_level(task, 0);
          task.kind = Kind::expand;
        }
        push_level(task, 0);
      }
  }

  // What a task of this kind undoes an operation with, at one level.
  const std::vector<EntryId>& entries(Kind kind, std::size_t level) const {
    return kind == Kind::factors ? factors_[level] : bank_.level(level);
  }

  // Put the task's next level that has entries, from `level` on, into the queue.
  void push_level(Task task, std::size_t level) {
    const std::size_t levels = task.kind == Kind::factors ? factors_.size() : bank_.level_count();
    while (level < levels && entries(task.kind, level).empty()) ++level;
    if (level >= levels) return;
    task.level = static_cast<std::uint32_t>(level);
    // Few goals are direct, and a scan remembers nothing: the whole bank is within reach of the target itself.
    const std::uint32_t level_cost = task.kind == Kind::scan ? task.level / 2 : task.level;
    task.cost = goals_[task.goal].priority + binary_[task.production].cost + level_cost;
    push(task);
  }

  void follow(const Task& task) {
    if (task.kind != Kind::unary && task.kind != Kind::pairs) push_level(task, task.level + 1);
  }

  void keep_cheapest(std::size_t count) {
    std::stable_sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) { return a.cost < b.cost; });
    if (hits_.size() > count) hits_.resize(count);
  }

  void merge_hits(Found& found) {
    std::move(found.hits.begin(), found.hits.end(), std::back_inserter(hits_));
  }

  void merge_goals(const Found& found) {
    const std::size_t rows = bank_.semantics().rows();
    for (std::size_t k = 0; k < found.goals.size(); ++k) {
      const Goal& goal = found.goals[k];
      const GoalId id = store(found.columns.data() + k * rows, goal);
      if (id != no_goal) schedule(id);
    }
  }

  const Bank<S>& bank_;
  const Solver& solver_;
  std::size_t entry_count_;
  std::size_t goal_capacity_;
  std::uint32_t pair_cost_;
  std::vector<Production> unary_;
  std::vector<Production> binary_;
  std::vector<std::vector<EntryId>> factors_;  // by the part of their cost that counts
  std::vector<Goal> goals_;
  ColumnStore<Scalar> columns_;
  HashIndex known_;
  std::priority_queue<Task> queue_;
  std::uint32_t next_order_ = 0;
  std::uint32_t last_cost_ = 0;
  std::vector<Hit> hits_;
};

}  // namespace sagredo
