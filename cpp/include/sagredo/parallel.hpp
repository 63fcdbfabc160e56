// Runs independent pieces of work on several threads; the pieces, not the threads, decide the result.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace sagredo {

// Calls work(piece) for every piece in [0, pieces), on up to `threads` threads.
template <class Work>
void parallel_for(std::size_t pieces, std::size_t threads, Work work) {
  if (threads <= 1 || pieces <= 1) {
    for (std::size_t piece = 0; piece < pieces; ++piece) work(piece);
    return;
  }
  std::atomic<std::size_t> next{0};
  const auto worker = [&] {
    for (std::size_t piece = next++; piece < pieces; piece = next++) work(piece);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t t = 1; t < threads && t < pieces; ++t) helpers.emplace_back(worker);
  worker();
}

}  // namespace sagredo
