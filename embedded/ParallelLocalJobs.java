package cairn;

import java.net.InetSocketAddress;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapred.LocalJobRunner;
import org.apache.hadoop.mapreduce.MRConfig;
import org.apache.hadoop.mapreduce.protocol.ClientProtocol;
import org.apache.hadoop.mapreduce.protocol.ClientProtocolProvider;

/**
 * Lets Hadoop's own local job runner run the maps that a job asks for. The provider that comes with Hadoop runs the same
 * runner, but first sets the number of maps to 1: a copy of many small files then waits for each of them in turn.
 * Found by java.util.ServiceLoader before Hadoop's, because its jar is the first of the class path.
 */
public class ParallelLocalJobs extends ClientProtocolProvider {
  @Override
  public ClientProtocol create(Configuration settings) throws java.io.IOException {
    String framework = settings.get(MRConfig.FRAMEWORK_NAME, MRConfig.LOCAL_FRAMEWORK_NAME);
    return MRConfig.LOCAL_FRAMEWORK_NAME.equals(framework) ? new LocalJobRunner(settings) : null;
  }

  @Override
  public ClientProtocol create(InetSocketAddress address, Configuration settings) {
    return null;
  }

  @Override
  public void close(ClientProtocol runner) {}
}
