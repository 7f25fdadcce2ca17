// SPDX-License-Identifier: Apache-2.0
// Atomic writing, and refusal before the work.
#include "tools/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) /
        ("heddle_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ostringstream contents;
    contents << std::ifstream(path).rdbuf();
    return contents.str();
  }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(OutputFileTest, AppearsWithItsContents) {
  const fs::path path = folder_ / "result.json";
  OutputFile file(path.string());
  EXPECT_EQ(files(), 0u) << "nothing before write()";
  file.write("{}\n");
  EXPECT_EQ(read(path), "{}\n");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, KeepsTheOldContentsUntilWritten) {
  const fs::path path = folder_ / "result.json";
  std::ofstream(path) << "old";
  { OutputFile unused(path.string()); }
  EXPECT_EQ(read(path), "old");
  OutputFile file(path.string());
  file.write("new");
  EXPECT_EQ(read(path), "new");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, FollowsALink) {
  std::ofstream(folder_ / "target") << "old";
  fs::create_symlink("target", folder_ / "link");
  OutputFile file((folder_ / "link").string());
  file.write("new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read(folder_ / "target"), "new");
}

TEST_F(OutputFileTest, RefusesWhatCannotBeWritten) {
  EXPECT_THROW(OutputFile((folder_ / "missing" / "file").string()), UsageError);
  EXPECT_THROW(OutputFile(folder_.string()), UsageError);
  EXPECT_THROW(OutputFile(""), UsageError);
}

TEST_F(OutputFileTest, NoticesAFullDevice) {
  OutputFile file("/dev/full");
  EXPECT_THROW(file.write("contents"), UsageError);
}

}  // namespace
}  // namespace heddle::tools
