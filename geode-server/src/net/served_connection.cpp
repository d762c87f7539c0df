#include "net/served_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace geode::server {

bool is_probe(const boost::system::error_code& error) {
  return error == boost::asio::error::eof || error == boost::asio::error::connection_reset ||
         error == boost::asio::ssl::error::stream_truncated;
}

ConnectionInfo::Clock::time_point wall_time(ServedConnection::Clock::time_point time) {
  return ConnectionInfo::Clock::now() - std::chrono::duration_cast<ConnectionInfo::Clock::duration>(
                                            ServedConnection::Clock::now() - time);
}

}  // namespace geode::server
