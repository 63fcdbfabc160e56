#include "bindings.hpp"

namespace sagredo::bindings {

void bind_search(nanobind::module_&) {}

}  // namespace sagredo::bindings
