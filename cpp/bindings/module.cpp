#include "bindings.hpp"

namespace nb = nanobind;

NB_MODULE(_native, module) {
  module.doc() = "The native core of Sagredo: evaluation, fitting, the bank and matching. It knows arrays alone.";
  sagredo::bindings::bind_operations(module);
  sagredo::bindings::bind_evaluation(module);
  sagredo::bindings::bind_fitting(module);
  sagredo::bindings::bind_search(module);
  sagredo::bindings::bind_evidence(module);
  sagredo::bindings::bind_regression(module);
}
