#!/bin/sh
# hdfs COMMAND [ARGUMENTS]: what Hadoop's own command does, for the commands below, with the jars beside this file.
# HADOOP_CONF_DIR names the folder of core-site.xml and hdfs-site.xml; HADOOP_OPTS holds more options for Java.
home=$(cd "$(dirname "$0")/.." && pwd) || exit 1
command=$1
[ $# -gt 0 ] && shift
case $command in
  namenode) class=org.apache.hadoop.hdfs.server.namenode.NameNode ;;
  datanode) class=org.apache.hadoop.hdfs.server.datanode.DataNode ;;
  dfsadmin) class=org.apache.hadoop.hdfs.tools.DFSAdmin ;;
  dfs) class=org.apache.hadoop.fs.FsShell ;;
  oev) class=org.apache.hadoop.hdfs.tools.offlineEditsViewer.OfflineEditsViewer ;;
  oiv) class=org.apache.hadoop.hdfs.tools.offlineImageViewer.OfflineImageViewerPB ;;
  class-archive-folder) class= ;;
  *)
    echo "usage: hdfs namenode | datanode | dfsadmin | dfs | oev | oiv [arguments]" >&2
    exit 1
    ;;
esac

# Class-data archives make starts quick. Each fits one build of Java only, so the folder's name comes from its release file.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
release=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")/release
archives=$home/class-archives/$(cat "$release" 2>/dev/null | cksum | tr ' ' -)
[ "$class" ] || { echo "$archives"; exit 0; }
archive=
[ -f "$archives/$command.jsa" ] && archive=-XX:SharedArchiveFile=$archives/$command.jsa

# An archive is used only while the class path begins as when it was made: the same jars in the same order.
path=
while read -r jar; do path=${path:+$path:}$home/lib/$jar; done <"$home/class-path"
if [ "$CAIRN_ARCHIVE_CLASSES_TO" ]; then
  archive=-XX:ArchiveClassesAtExit=$CAIRN_ARCHIVE_CLASSES_TO/$command.jsa
  path=$path:$CAIRN_ARCHIVE_CLASSES_TO/conf.jar # Java makes no archive when the class path holds a folder.
else
  path=$path${HADOOP_CONF_DIR:+:$HADOOP_CONF_DIR}
fi

# shellcheck disable=SC2086 # HADOOP_OPTS is a list of words, as in Hadoop.
exec "$java" -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xshare:auto -Xlog:disable \
  ${archive:+"$archive"} -Dproc_"$command" $HADOOP_OPTS -cp "$path" "$class" "$@"
