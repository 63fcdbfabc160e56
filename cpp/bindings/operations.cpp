#include <nanobind/stl/string.h>

#include <string>

#include "bindings.hpp"
#include "sagredo/operations.hpp"

namespace nb = nanobind;

namespace sagredo::bindings {

void bind_operations(nb::module_& module) {
  nb::dict codes;
  for (std::size_t code = 0; code < operation_count; ++code)
    codes[nb::str(std::string(operation_names[code]).c_str())] = code;
  module.attr("OPERATION_CODES") = codes;
}

}  // namespace sagredo::bindings
