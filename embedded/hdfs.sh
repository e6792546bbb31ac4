#!/bin/sh
# hdfs COMMAND [ARGUMENTS]: what Hadoop's own command does, for the commands below, with the jars beside this file.
home=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$1
archive=$1
heap=192m
client=yes
[ $# -gt 0 ] && shift
case $command in
  namenode) class=org.apache.hadoop.hdfs.server.namenode.NameNode client= ;;
  datanode) class=org.apache.hadoop.hdfs.server.datanode.DataNode client= ;;
  dfsadmin) class=org.apache.hadoop.hdfs.tools.DFSAdmin ;;
  haadmin) class=org.apache.hadoop.hdfs.tools.DFSHAAdmin archive=dfsadmin ;;
  dfs) class=org.apache.hadoop.fs.FsShell archive=dfsadmin ;; # Both need much the same classes.
  crypto) class=org.apache.hadoop.hdfs.tools.CryptoAdmin archive=dfsadmin ;;
  oev) class=org.apache.hadoop.hdfs.tools.offlineEditsViewer.OfflineEditsViewer ;;
  oiv) class=org.apache.hadoop.hdfs.tools.offlineImageViewer.OfflineImageViewerPB ;;
  class-archive-folder) class= ;;
  *)
    echo "usage: hdfs namenode | datanode | dfsadmin | haadmin | dfs | crypto | oev | oiv [arguments]" >&2
    exit 1
    ;;
esac
[ "$client" ] && HADOOP_OPTS="$HADOOP_OPTS $HADOOP_CLIENT_OPTS"
. "$home/bin/launch.sh"
