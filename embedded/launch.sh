# Read by the commands beside this file, which say what is to run: $class with the arguments that are left, as $command. $heap
# is for Java; $archive names the class-data archive that holds what the program needs.
# HADOOP_CONF_DIR names the folder of core-site.xml and the others; HADOOP_OPTS holds more options for Java.

# Class-data archives make starts quick. Each holds the classes that class-archives.ts had used when it was made, and fits one build of
# Java only, so their folder's name comes from its release file.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
release=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")/release
archives=$home/class-archives/$(cat "$release" 2>/dev/null | cksum | tr ' ' -)
[ "$class" ] || { echo "$archives"; exit 0; }

# An archive is used only while the class path begins as when it was made: the same jars in the same order, no folder between them.
path=
while read -r jar; do path=${path:+$path:}$home/lib/$jar; done <"$home/class-path"
if [ "$CAIRN_ARCHIVE_CLASSES_TO" ]; then
  sharing=-XX:ArchiveClassesAtExit=$CAIRN_ARCHIVE_CLASSES_TO/$archive.jsa
  for site in mapred hdfs core; do
    set -- -conf "$HADOOP_CONF_DIR/$site-site.xml" "$@"
  done
else
  sharing=-XX:SharedArchiveFile=$archives/$archive.jsa
  [ -f "$archives/$archive.jsa" ] || sharing=-Xshare:auto
  path=$path${HADOOP_CONF_DIR:+:$HADOOP_CONF_DIR}
fi

# shellcheck disable=SC2086 # HADOOP_OPTS is a list of words, as in Hadoop.
exec "$java" -Xmx"$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xlog:disable "$sharing" \
  -Dproc_"$command" ${HADOOP_ROOT_LOGGER:+-Dhadoop.root.logger="$HADOOP_ROOT_LOGGER"} $HADOOP_OPTS \
  -cp "$path" "$class" "$@"
