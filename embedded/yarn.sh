#!/bin/sh
# yarn COMMAND [ARGUMENTS]: the servers of a Yarn, with the jars beside this file. As with Hadoop's own command, their
# configuration is in the folder that HADOOP_CONF_DIR names.
home=$(dirname "$(dirname "$(readlink -f "$0")")")
command=$1
archive=$1
heap=192m
[ $# -gt 0 ] && shift
case $command in
  resourcemanager) class=org.apache.hadoop.yarn.server.resourcemanager.ResourceManager ;;
  nodemanager) class=org.apache.hadoop.yarn.server.nodemanager.NodeManager ;;
  historyserver) class=org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer ;;
  class-archive-folder) class= ;;
  *)
    echo "usage: yarn resourcemanager | nodemanager | historyserver" >&2
    exit 1
    ;;
esac
# Guice makes classes at run time, in a way that Java keeps closed.
HADOOP_OPTS="--add-opens=java.base/java.lang=ALL-UNNAMED $HADOOP_OPTS"
# Containers are started with $JAVA_HOME/bin/java.
: "${JAVA_HOME:=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}"
export JAVA_HOME
. "$home/bin/launch.sh"
