import{a,b}from"./chunk-CXNROXFI.js";import"./chunk-OL6OEFF6.js";import"./chunk-XSIJ3TUY.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
