// SPDX-License-Identifier: Apache-2.0
// Atomic writing, and refusal before the work.
#include "heddle/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace heddle {
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
  EXPECT_THROW(OutputFile((folder_ / "missing" / "file").string()), OutputError);
  EXPECT_THROW(OutputFile(folder_.string()), OutputError);
  EXPECT_THROW(OutputFile(""), OutputError);
}

// Standard output may be a file that others write, too: it is neither replaced nor truncated.
TEST_F(OutputFileTest, WritesThroughDescriptors) {
  const fs::path path = folder_ / "shared.txt";
  std::FILE* const shared = std::fopen(path.c_str(), "w");
  ASSERT_NE(shared, nullptr);
  std::fputs("before\n", shared);
  std::fflush(shared);
  const std::string number = std::to_string(fileno(shared));
  OutputFile("/dev/fd/" + number).write("one\n");
  fs::create_symlink("/proc/self/fd/" + number, folder_ / "link");
  OutputFile((folder_ / "link").string()).write("two\n");
  std::fputs("behind\n", shared);
  std::fclose(shared);
  EXPECT_EQ(read(path), "before\none\ntwo\nbehind\n");
  EXPECT_EQ(files(), 2u);
  EXPECT_TRUE(OutputFile("/dev/stdout").is_standard_output());
  EXPECT_THROW(OutputFile("/dev/fd/9999"), OutputError);
}

TEST_F(OutputFileTest, NoticesAFullDevice) {
  OutputFile file("/dev/full");
  EXPECT_THROW(file.write("contents"), OutputError);
}

}  // namespace
}  // namespace heddle
