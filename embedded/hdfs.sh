#!/bin/sh
# hdfs COMMAND [ARGUMENTS]: what Hadoop's own command does, for the commands below, with the jars beside this file.
# HADOOP_CONF_DIR names the folder of core-site.xml and hdfs-site.xml; HADOOP_OPTS holds more options for Java.
home=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$1
archive=$1
[ $# -gt 0 ] && shift
case $command in
  namenode) class=org.apache.hadoop.hdfs.server.namenode.NameNode ;;
  datanode) class=org.apache.hadoop.hdfs.server.datanode.DataNode ;;
  dfsadmin) class=org.apache.hadoop.hdfs.tools.DFSAdmin ;;
  dfs) class=org.apache.hadoop.fs.FsShell archive=dfsadmin ;; # Both need much the same classes.
  oev) class=org.apache.hadoop.hdfs.tools.offlineEditsViewer.OfflineEditsViewer ;;
  oiv) class=org.apache.hadoop.hdfs.tools.offlineImageViewer.OfflineImageViewerPB ;;
  class-archive-folder) class= ;;
  *)
    echo "usage: hdfs namenode | datanode | dfsadmin | dfs | oev | oiv [arguments]" >&2
    exit 1
    ;;
esac

# Class-data archives make starts quick. Each fits one build of Java only, so their folder's name comes from its release file.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
release=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")/release
archives=$home/class-archives/$(cat "$release" 2>/dev/null | cksum | tr ' ' -)
[ "$class" ] || { echo "$archives"; exit 0; }

# An archive is used only while the class path begins as when it was made: the same jars in the same order, no folder between them.
path=
while read -r jar; do path=${path:+$path:}$home/lib/$jar; done <"$home/class-path"
if [ "$CAIRN_ARCHIVE_CLASSES_TO" ]; then
  sharing=-XX:ArchiveClassesAtExit=$CAIRN_ARCHIVE_CLASSES_TO/$archive.jsa
  set -- -conf "$HADOOP_CONF_DIR/core-site.xml" -conf "$HADOOP_CONF_DIR/hdfs-site.xml" "$@"
else
  sharing=-XX:SharedArchiveFile=$archives/$archive.jsa
  [ -f "$archives/$archive.jsa" ] || sharing=-Xshare:auto
  path=$path${HADOOP_CONF_DIR:+:$HADOOP_CONF_DIR}
fi

# shellcheck disable=SC2086 # HADOOP_OPTS is a list of words, as in Hadoop.
exec "$java" -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xlog:disable "$sharing" \
  -Dproc_"$command" $HADOOP_OPTS -cp "$path" "$class" "$@"
