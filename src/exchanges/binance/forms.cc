#include "exchanges/binance/forms.h"

#include <map>
#include <utility>

namespace keystile::exchanges::binance {

const Form* find_form(std::string_view method, std::string_view path) {
  static const auto index = [] {
    std::map<std::pair<std::string_view, std::string_view>, const Form*> forms;
    for (const auto family : {spot_forms(), margin_forms(), futures_forms(), option_forms(),
                              portfolio_forms(), funds_forms()}) {
      for (const Form& form : family) forms.emplace(std::pair(form.method, form.path), &form);
    }
    return forms;
  }();
  const auto at = index.find({method, path});
  return at == index.end() ? nullptr : at->second;
}

}  // namespace keystile::exchanges::binance
