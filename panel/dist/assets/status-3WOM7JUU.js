import{a,b}from"./chunk-VCV66DAS.js";import"./chunk-MWDLURB3.js";import"./chunk-JXZWX4WQ.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
