#!/bin/sh
# hadoop COMMAND [ARGUMENTS]: what Hadoop's own command does, for the commands below, with the jars beside this file.
# It tells what it does on its standard error (HADOOP_ROOT_LOGGER=WARN,console: only what goes wrong).
home=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$1
archive=$1
heap=256m
[ $# -gt 0 ] && shift
case $command in
  distcp) class=org.apache.hadoop.tools.DistCp ;;
  fs) class=org.apache.hadoop.fs.FsShell archive=dfsadmin ;;
  key) class=org.apache.hadoop.crypto.key.KeyShell archive=dfsadmin ;;
  version) class=org.apache.hadoop.util.VersionInfo archive=dfsadmin ;;
  *)
    echo "usage: hadoop distcp | fs | key | version [arguments]" >&2
    exit 1
    ;;
esac
HADOOP_ROOT_LOGGER=${HADOOP_ROOT_LOGGER:-INFO,console}
HADOOP_OPTS="$HADOOP_OPTS $HADOOP_CLIENT_OPTS"
. "$home/bin/launch.sh"
