#include "bindings.hpp"

namespace sagredo::bindings {

void bind_evaluation(nanobind::module_&) {}

}  // namespace sagredo::bindings
