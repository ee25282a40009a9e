#include "rewrite/rewrite.h"

#include <gtest/gtest.h>

#include "rewrite/rewrite_cases.h"

namespace braid::rewrite {
namespace {

std::string rewritten(const Case& given, std::string* reason = nullptr, Options options = {}) {
  const CaseProgram program(given.source);
  const Rewritten result = rewrite(*read_original(program.program, effects::ModuleId{0U}),
                                   {program.plan(given)}, options);
  if (!result.outcomes[0].expressed && reason) *reason = result.outcomes[0].reason;
  return rewrite::apply(given.source, result.edits);
}

TEST(Rewrite, ListOfFutures) {
  EXPECT_EQ(rewritten({.name = "pages",
                       .source = R"(import csv
import requests

BASE_URL = "http://localhost/"
writer = csv.writer(open("rows.csv", "w"))
for page in range(1, 33):
    filename = f"{page}.html"
    url = f"{BASE_URL}{page}"
    response = requests.get(url)
    with open(filename, "w") as file:
        file.write(response.text)
    writer.writerow([page, url, response.status_code])
)",
                       .site = "for page",
                       .units = {"requests.get(url)"},
                       .slice = {"url ="},
                       .iterations = 32,
                       .restartable = true,
                       .repeatable = true}),
            R"(import csv
import requests
from concurrent.futures import ThreadPoolExecutor

BASE_URL = "http://localhost/"
writer = csv.writer(open("rows.csv", "w"))
pool = ThreadPoolExecutor(max_workers=32)
try:
    responses = [
        pool.submit(requests.get, f"{BASE_URL}{page}") for page in range(1, 33)
    ]
    for page, pending in zip(range(1, 33), responses):
        filename = f"{page}.html"
        url = f"{BASE_URL}{page}"
        response = pending.result()
        with open(filename, "w") as file:
            file.write(response.text)
        writer.writerow([page, url, response.status_code])
finally:
    pool.shutdown(cancel_futures=True)
)");
}

}  // namespace
}  // namespace braid::rewrite
