import { describeNas } from './describe-nas';

describeNas('cifs', 'a share of a real SMB server');
